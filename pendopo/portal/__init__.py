"""The roof: pages, shell, design system and home."""
