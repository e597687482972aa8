"""Mail delivered beside the same servers configured by hand, 10,000 mailboxes, a large folder's list."""
