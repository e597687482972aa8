// The letter's editor and its live page: built into letter.js, for the pages that ask for it.
import { edit } from './editor.js'
import { preview } from './preview.js'

for (const box of document.querySelectorAll('[data-edit]')) {
  try {
    edit(box)
  } catch (error) {
    console.error(error) // the text area stays what it was: the form works without
  }
}
for (const form of document.querySelectorAll('form[data-preview]')) preview(form)
