"""Words in the language in use: catalogue, terms, statuses, figures."""
