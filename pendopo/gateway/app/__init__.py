"""The application side: the X-Road REST protocol towards the agency's own programs."""
