"""A server gives rows of a place only to a transaction that was told its scope.

The owner of the tables, who makes the releases, is not held to it; who only reads is. A file has no
such thing: there the same condition stands in every query alone.
"""

from alembic import op

from data.database import tables
from data.reference import scope

revision = "released_0006"
down_revision = "released_0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    connection = op.get_bind()
    if connection.dialect.name != "postgresql":
        return
    for table, column in tables.PLACE_OF.items():
        connection.exec_driver_sql(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        using = scope.row_security_policy(column)
        connection.exec_driver_sql(f"CREATE POLICY by_scope ON {table} FOR SELECT USING ({using})")
    # A hotspot may be of a border point: of those the reader sees that a booth of hers stands at.
    using = scope.row_security_policy("unit_code")
    connection.exec_driver_sql("ALTER TABLE hotspot ENABLE ROW LEVEL SECURITY")
    point = "site.release_number = hotspot.release_number AND site.border_point = unit_code"
    using += f" OR EXISTS (SELECT FROM site WHERE {point})"
    connection.exec_driver_sql(f"CREATE POLICY by_scope ON hotspot FOR SELECT USING ({using})")


def downgrade() -> None:
    connection = op.get_bind()
    if connection.dialect.name != "postgresql":
        return
    for table in (*tables.PLACE_OF, "hotspot"):
        connection.exec_driver_sql(f"DROP POLICY by_scope ON {table}")
        connection.exec_driver_sql(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
