"""From holdings to a release. CONFIDENTIAL: no viewer comes here."""
