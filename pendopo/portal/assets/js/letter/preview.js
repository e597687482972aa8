// The page beside the form, made anew a moment after the last change. The form asks for it:
// data-preview (address, POST), data-preview-target (id), data-preview-trouble (what to say when there is none).
const PAUSE = 800 // milliseconds
const PATIENCE = 5000 // for a page's image
const LONGEST = 20000 // for an answer: saving waits for it

// 2xx is a fragment to show; 409 and 422 say in words why there is none, and the page before it stays. The server
// keeps what it shows, so one question follows the other: the fragment brings the version that the next one names.
export function preview(form) {
  const target = document.getElementById(form.dataset.previewTarget)
  const note = document.createElement('p')
  note.className = 'preview-say'
  note.setAttribute('role', 'status')
  target.before(note)
  let timer
  let running = null
  let again = false

  async function ask() {
    clearTimeout(timer)
    if (running) {
      again = true
      return
    }
    again = false
    target.setAttribute('aria-busy', 'true')
    running = asked(form, target, note)
    await running
    running = null
    if (again) ask()
    else target.removeAttribute('aria-busy')
  }

  form.addEventListener('input', () => {
    clearTimeout(timer)
    timer = setTimeout(ask, PAUSE)
  })
  form.addEventListener('submit', (event) => {
    clearTimeout(timer)
    if (!running) return
    // Sent once the answer is here, or it would name a version that is no longer the last.
    event.preventDefault()
    event.stopPropagation()
    again = false
    running.then(() => form.requestSubmit(event.submitter))
  })
  if (!target.childElementCount) ask()
}

async function asked(form, target, note) {
  let said = form.dataset.previewTrouble
  try {
    const answer = await fetch(form.dataset.preview, {
      method: 'POST', body: words(form), headers: { Accept: 'text/html' }, redirect: 'error',
      signal: AbortSignal.timeout(LONGEST),
    })
    const text = await answer.text()
    if (answer.ok) await show(target, text)
    if (answer.ok) said = ''
    else if ([409, 422].includes(answer.status)) {
      said = new DOMParser().parseFromString(text, 'text/html').body.textContent.trim()
    }
  } catch {
    // No answer.
  }
  if (note.textContent !== said) note.textContent = said
}

// The form without its files: those are no part of the page.
function words(form) {
  const data = new FormData(form)
  for (const [name, value] of [...data]) if (value instanceof File) data.delete(name)
  return data
}

// Images first, then all at once: nothing flickers, and what is looked at stays in its place.
async function show(target, text) {
  const made = document.createElement('div')
  made.innerHTML = text
  const images = [...made.querySelectorAll('img')].map((image) => image.decode().catch(() => {}))
  await Promise.race([Promise.all(images), new Promise((done) => setTimeout(done, PATIENCE))])
  const { scrollTop, scrollLeft } = target
  target.replaceChildren(...made.childNodes)
  target.scrollTo(scrollLeft, scrollTop)
}
