"""siMAYA, the electronic office: letters from draft to disposition."""
