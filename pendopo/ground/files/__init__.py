"""A content-addressed store: each file once, named by its SHA-256."""
