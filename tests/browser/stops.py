"""Walks every tab stop of a page and says what a person without a mouse would not see.

WCAG 2.2 asks that a focused control is not entirely covered (2.4.11); the house asks for 2.4.12 too: it is
seen whole, with a ring of at least 2 px, going on and going back, and no bar that stays in place (roof, tabs,
decisions) covers an edge of it. So nothing taller than the window may be a stop.
"""

# What follows a new width (a box is a stop only where it scrolls) is done once two frames were drawn.
DRAWN = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"

# In the keyboard's modality: one real Tab comes before this script.
WALK = """() => {
  const shown = (e) => e.checkVisibility({visibilityProperty: true})
  const dialog = document.querySelector('dialog[open]')
  const radio = (e) => e.type === 'radio' && !e.checked &&
    document.querySelector(`input[name="${e.name}"]:checked`)
  const stops = [...document.querySelectorAll(
    'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex="0"]')]
    .filter((e) => !e.disabled && shown(e) && (!dialog || e.closest('dialog[open]')) && !radio(e))
  const bars = [...document.querySelectorAll('body *')]
    .filter((e) => /fixed|sticky/.test(getComputedStyle(e).position) && shown(e) && !dialog)
  const faults = new Set()

  // The ring's box: of an inline link over two lines the first line's. A drawn control shows the ring on
  // what stands for it.
  const ring = (stop) => {
    const drawn = getComputedStyle(stop).opacity === '0' ? stop.nextElementSibling : stop
    const style = getComputedStyle(drawn)
    const out = Math.max(0, parseFloat(style.outlineOffset) + parseFloat(style.outlineWidth))
    const box = drawn.getClientRects()[0]
    return {drawn, style, box, top: box.top - out, bottom: box.bottom + out, left: box.left, right: box.right}
  }
  const under = (y, at, stop, on) => bars.find((bar) => {
    const box = bar.getBoundingClientRect()
    const over = stop.contains(on) && at.box.top >= box.top && at.box.bottom <= box.bottom  // the skip link
    return !bar.contains(stop) && !over &&
      y > box.top && y < box.bottom && at.left < box.right && at.right > box.left
  })

  const look = (stop) => {
    const fault = (text) => faults.add(`${text}: ${stop.outerHTML.slice(0, 90)}`)
    stop.focus()
    if (document.activeElement !== stop) return fault('takes no focus')
    if (stop.tabIndex > 0) fault('out of order')
    const at = ring(stop)
    if (at.style.outlineStyle === 'none' || parseFloat(at.style.outlineWidth) < 2) fault('no ring')
    // Anything may lie on it, not only a bar: what stands at its middle?
    const x = Math.min(innerWidth - 1, Math.max(0, at.box.left + Math.min(at.box.width / 2, 40)))
    const on = document.elementFromPoint(x, (at.box.top + at.box.bottom) / 2)
    if (!on || !(at.drawn.contains(on) || on.contains(at.drawn) || on.closest('label')?.contains(stop)))
      fault(`hidden under ${on && on.className}`)
    for (const y of [at.top, at.bottom]) {
      if (y < 0 || y > innerHeight) fault('not whole in the window')
      const bar = under(y, at, stop, on)
      if (bar) fault(`its edge is under ${bar.className}`)
    }
  }
  const from = (y) => { document.activeElement.blur(); scrollTo(0, y) }
  from(0)
  for (const stop of stops) look(stop)
  from(document.body.scrollHeight)
  for (const stop of stops.reverse()) look(stop)
  return [stops.length, [...faults]]
}"""


def walk(page) -> tuple[int, list[str]]:
    """How many stops the page has at its present width, and what is wrong with them."""
    page.evaluate(DRAWN)
    page.keyboard.press("Tab")
    return page.evaluate(WALK)
