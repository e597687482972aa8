"""The ground floor: Django apps that every room may use."""
