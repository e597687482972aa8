"""Who signs in, and who may do what: accounts, roles, actors and their rights."""
