"""What the browser gets: style sheet, icons, font and scripts, and how they are built."""
