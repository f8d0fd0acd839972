"""The site: pages, forms, sessions."""
