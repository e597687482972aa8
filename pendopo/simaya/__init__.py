"""siMAYA: the electronic office. Letters, their numbers, their roads and what became of them."""
