"""What other rooms may ask of MANTRA. No room asks anything of it yet."""
