"""Words in the language in use: messages, terms, statuses, figures."""
