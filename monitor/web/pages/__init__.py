"""The pages, one file a page or two that belong together: what is asked → what the store says → a template's values."""
