"""Who is who: agencies, their units and positions, people and their dated assignments."""
