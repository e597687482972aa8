// The portal's own script. Every page works without it: links and forms come first.
(() => {
  const doc = document
  const root = doc.documentElement
  const one = (selector, from = doc) => from.querySelector(selector)
  const dark = () =>
    root.dataset.bsTheme ? root.dataset.bsTheme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches

  // Errors first: what needs fixing gets the focus when the page, or a fragment of it, has arrived.
  const focusErrors = (from) => {
    const box = one('.errs', from)
    if (box) box.focus()
    return box
  }
  focusErrors(doc)
  // After the skip link the address ends in #main, and the browser goes there once the page has loaded.
  addEventListener('load', () => focusErrors(doc))

  const say = (text) => { one('#status').textContent = text }

  const open = (dialog) => {
    if (!dialog || dialog.open) return
    dialog.showModal()
    const field = one('input[type=search]', dialog)
    if (field) field.select()
  }

  doc.addEventListener('click', (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return
    if (event.target.closest('[data-keys]')) open(one('#keys'))
    else if (event.target.closest('[data-print]')) print()
    else if (event.target.closest('[data-find]') && one('#find')) {
      event.preventDefault()
      open(one('#find'))
      htmx.trigger(one('#find-q'), 'input')
    } else if (event.target.matches('dialog')) event.target.close()
  })

  doc.addEventListener('submit', (event) => {
    const form = event.target
    if (form.matches('[data-theme]')) {
      // The theme changes at once; the account keeps it.
      event.preventDefault()
      const theme = dark() ? 'light' : 'dark'
      const body = new FormData(form)
      body.set('theme', theme)
      root.dataset.bsTheme = theme
      fetch(form.action, { method: 'POST', body, headers: { Accept: 'application/json' } })
      return
    }
    if (form.method !== 'post' || 'download' in form.dataset) return
    if (form.classList.contains('busy')) return event.preventDefault()
    form.classList.add('busy')
    if (event.submitter) event.submitter.setAttribute('aria-busy', 'true')
  })
  addEventListener('pageshow', () => {
    for (const form of doc.querySelectorAll('form.busy')) {
      form.classList.remove('busy')
      for (const button of form.querySelectorAll('[aria-busy]')) button.removeAttribute('aria-busy')
    }
  })

  // Without a script nobody is offered a button that does nothing; the browser's own menu prints too.
  for (const button of doc.querySelectorAll('[data-print]')) button.hidden = false

  // A browser shows where one types, not the whole box: its edge would stay under a bar.
  doc.addEventListener('focusin', (event) => {
    if (event.target.matches('textarea')) event.target.scrollIntoView({ block: 'nearest' })
  })

  // What scrolls takes the focus, for the arrow keys; what fits is no stop for those who tab.
  const scrolling = () => {
    for (const box of doc.querySelectorAll('.tw, .list, .pane')) {
      const fits = getComputedStyle(box).overflowX === 'visible' || box.scrollWidth <= box.clientWidth && box.scrollHeight <= box.clientHeight
      box.tabIndex = fits ? -1 : 0
    }
  }
  const sizes = new ResizeObserver(scrolling)
  const watch = () => { for (const box of doc.querySelectorAll('.tw, .tw > *, .list, .pane, .pane > *')) sizes.observe(box) }
  watch()
  doc.addEventListener('htmx:after:swap', watch)

  // A message's frame runs nothing of its own; the page makes it as high as what it holds.
  const fit = (frame) => {
    const inside = frame.contentDocument && frame.contentDocument.documentElement
    if (!inside) return
    frame.style.height = '0' // a document is never lower than its window
    frame.style.height = `${Math.min(20000, inside.scrollHeight + 2)}px`
  }
  const frames = () => { for (const frame of doc.querySelectorAll('.paper-frame')) fit(frame) }
  doc.addEventListener('load', (event) => { if (event.target.matches && event.target.matches('.paper-frame')) fit(event.target) }, true)
  addEventListener('resize', frames)
  frames()

  // Somebody found is put behind those already named.
  doc.addEventListener('click', (event) => {
    const button = event.target.closest('[data-add]')
    const field = button && one(button.dataset.to)
    if (!field) return
    const before = field.value.replace(/[\s,;]+$/, '')
    field.value = before ? `${before}, ${button.dataset.add}` : button.dataset.add
    field.dispatchEvent(new Event('input', { bubbles: true }))
    field.focus()
  })

  // htmx: after a swap the new heading or error box gets the focus, and the result is said once.
  doc.addEventListener('htmx:after:swap', (event) => {
    const target = event.target
    if (!(target instanceof Element) || focusErrors(target)) return
    const heading = one('[data-focus]', target)
    if (heading) {
      heading.tabIndex = -1
      heading.focus()
      say(heading.textContent)
    }
  })
  const trouble = (shown) => { one('#trouble').hidden = !shown }
  doc.addEventListener('htmx:error', () => trouble(true))
  doc.addEventListener('htmx:response:error', (event) => trouble(event.detail.ctx.response.status >= 500))
  doc.addEventListener('htmx:before:request', () => trouble(false))

  // What is under way asks again every 15 s, but only in a tab that is looked at (hx-trigger="poll").
  setInterval(() => {
    if (doc.hidden) return
    for (const element of doc.querySelectorAll('[hx-trigger=poll]')) htmx.trigger(element, 'poll')
  }, 15000)

  // Keys press only what is on the page: data-key names a button's or link's key.
  let going = 0
  const rows = () => [...doc.querySelectorAll('#find[open] .rows a, #main .rows a')]
  const step = (by) => {
    const all = rows()
    if (!all.length) return
    let at = all.indexOf(doc.activeElement)
    if (at < 0) at = all.findIndex((row) => row.hasAttribute('aria-current'))
    all[Math.max(0, Math.min(all.length - 1, at < 0 ? 0 : at + by))].focus()
  }
  const typing = (el) => /^(INPUT|TEXTAREA|SELECT)$/.test(el.tagName) || el.isContentEditable

  doc.addEventListener('keydown', (event) => {
    const key = event.key
    if (key === 'Enter' && event.ctrlKey) {
      const form = event.target.form || event.target.closest('form')
      const button = form && one('.btn-primary, button:not([type=button])', form)
      if (button) button.click()
      return
    }
    if (event.target.id === 'find-q' && key === 'ArrowDown') return event.preventDefault(), step(1)
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return
    if (rows().includes(event.target) && /^Arrow(Down|Up)$/.test(key)) {
      event.preventDefault()
      return step(key === 'ArrowDown' ? 1 : -1)
    }
    if ('noKeys' in doc.body.dataset || one('dialog[open]') || !one('#keys')) return
    if (going) {
      going = clearTimeout(going)
      const link = one(`[data-go="${CSS.escape(key)}"]`)
      if (link) link.click()
    } else if (key === 'g') going = setTimeout(() => { going = 0 }, 900)
    else if (key === '?') open(one('#keys'))
    else if (key === '/') { event.preventDefault(); one('[data-find]').click() }
    else if (key === 'j' || key === 'k') step(key === 'j' ? 1 : -1)
    else if (key === 'u' && one('[data-back]')) one('[data-back]').click()
    else {
      const button = one(`#main [data-key="${CSS.escape(key)}"]`)
      if (button) { event.preventDefault(); button.click() }
    }
  })
})()
