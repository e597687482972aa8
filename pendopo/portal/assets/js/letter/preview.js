// The page beside the form, made anew a moment after the last change. The form asks for it:
// data-preview (address, POST), data-preview-target (id), data-preview-trouble (what to say when there is none).
const PAUSE = 800 // milliseconds
const PATIENCE = 5000 // for a page's image

// 2xx is a fragment to show; 422 says in words why there is none, and the page before it stays.
export function preview(form) {
  const target = document.getElementById(form.dataset.previewTarget)
  const note = document.createElement('p')
  note.className = 'preview-say'
  note.setAttribute('role', 'status')
  target.before(note)
  let timer
  let asked = new AbortController()

  const stop = () => {
    clearTimeout(timer)
    asked.abort()
    target.removeAttribute('aria-busy')
  }

  async function ask() {
    stop()
    const mine = asked = new AbortController()
    target.setAttribute('aria-busy', 'true')
    let said = form.dataset.previewTrouble
    try {
      const { signal } = mine
      const headers = { Accept: 'text/html' }
      const answer = await fetch(form.dataset.preview, { method: 'POST', body: words(form), headers, signal, redirect: 'error' })
      const text = await answer.text()
      if (answer.ok) await show(target, text, signal)
      if (answer.ok) said = ''
      else if (answer.status === 422) said = new DOMParser().parseFromString(text, 'text/html').body.textContent.trim()
    } catch {
      // No answer, or one to a question that is no longer asked.
    }
    if (mine.signal.aborted) return
    if (note.textContent !== said) note.textContent = said
    target.removeAttribute('aria-busy')
  }

  form.addEventListener('input', () => {
    clearTimeout(timer)
    timer = setTimeout(ask, PAUSE)
  })
  form.addEventListener('submit', stop)
  if (!target.childElementCount) ask()
}

// The form without its files: those are no part of the page.
function words(form) {
  const data = new FormData(form)
  for (const [name, value] of [...data]) if (value instanceof File) data.delete(name)
  return data
}

// Images first, then all at once: nothing flickers, and what is looked at stays in its place.
async function show(target, text, signal) {
  const made = document.createElement('div')
  made.innerHTML = text
  const images = [...made.querySelectorAll('img')].map((image) => image.decode().catch(() => {}))
  await Promise.race([Promise.all(images), new Promise((done) => setTimeout(done, PATIENCE))])
  if (signal.aborted) return
  const { scrollTop, scrollLeft } = target
  target.replaceChildren(...made.childNodes)
  target.scrollTo(scrollLeft, scrollTop)
}
