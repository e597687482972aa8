// Stands in for the plain text area where scripts run, and keeps the body as JSON in the hidden field beside it.
import { baseKeymap, chainCommands } from 'prosemirror-commands'
import { history } from 'prosemirror-history'
import { inputRules, wrappingInputRule } from 'prosemirror-inputrules'
import { keymap } from 'prosemirror-keymap'
import { Node } from 'prosemirror-model'
import { splitListItem } from 'prosemirror-schema-list'
import { EditorState, Plugin } from 'prosemirror-state'
import { goToNextCell, isInTable, tableEditing } from 'prosemirror-tables'
import { EditorView } from 'prosemirror-view'
import { aboveTable, acts, breakLine, has, inList } from './acts.js'
import { body, excess, pasted, shapeless } from './limits.js'
import { schema } from './schema.js'
import { square, squared } from './square.js'

const { list_item: item, ordered_list: list, paragraph, table } = schema.nodes

// "3. " at a paragraph's start makes a point; it joins the list above when it is its next.
const numbered = wrappingInputRule(
  /^([1-9]\d{0,2})\.\s$/,
  list,
  (found) => ({ order: +found[1] }),
  (found, before) => before.childCount + before.attrs.order === +found[1],
)

// However it came: nothing without a shape stays, tables are square, and none is last, so that one can go on.
const tidy = new Plugin({
  appendTransaction(changes, _old, state) {
    const change = state.tr
    if (changes.some((one) => one.docChanged)) {
      for (const run of shapeless(state.doc)) change.delete(...run)
      const bent = []
      change.doc.forEach((node, at) => { if (node.type === table && !square(node)) bent.unshift([node, at]) })
      for (const [node, at] of bent) change.replaceWith(at, at + node.nodeSize, squared(node))
    }
    if (change.doc.lastChild.type === table) change.insert(change.doc.content.size, paragraph.create())
    return change.docChanged ? change : null
  },
})

// What the server gave; a draft that only ever was plain text begins as its lines.
function start(field, area) {
  const lines = () => area.value.split(/\s*\n\s*/).filter(Boolean).map((text) => paragraph.create(null, schema.text(text)))
  const doc = field.dataset.start
    ? Node.fromJSON(schema, JSON.parse(field.dataset.start))
    : schema.topNodeType.createAndFill(null, lines())
  doc.check()
  return doc
}

export function edit(box) {
  const area = box.querySelector('textarea')
  const field = box.querySelector('input[data-start]')
  const said = box.querySelector('[role=status]')
  const doc = start(field, area)
  let leaving = false
  let view

  const say = (what) => { said.textContent = (what && box.getAttribute(`data-say-${what}`)) || '' }
  const leave = (now) => {
    if (leaving !== now) say(now && 'leave')
    leaving = now
  }
  const keep = () => { field.value = body(view.state.doc) }

  // Tab moves on through the page, but in a table from cell to cell and in a list a level deeper: Esc, then Tab
  // leaves from there too (WCAG 2.1.2).
  const stays = (move) => (state, dispatch) => !leaving && (move(state, dispatch) || inList(state))
  const keys = {
    'Mod-b': acts.strong,
    'Mod-i': acts.em,
    'Mod-u': acts.underline,
    'Mod-z': acts.undo,
    'Mod-y': acts.redo,
    'Shift-Mod-z': acts.redo,
    Enter: splitListItem(item),
    'Shift-Enter': breakLine,
    ArrowUp: aboveTable,
    Escape: () => {
      leave(true)
      return true
    },
    Tab: stays(chainCommands(goToNextCell(1), acts.deeper)),
    'Shift-Tab': stays(chainCommands(goToNextCell(-1), acts.shallower)),
  }
  const listen = new Plugin({
    props: {
      transformPasted: pasted,
      handleDrop: (_view, event) => event.dataTransfer.files.length > 0, // the browser would go to the file
      handleDOMEvents: {
        keydown: (_view, event) => { if (!/^(Tab|Shift|Escape)$/.test(event.key)) leave(false) },
        blur: () => leave(false),
      },
    },
    view: () => ({ update: show }),
  })

  // Pressed is what holds where the cursor is; the second row has what can be done there.
  const buttons = [...box.querySelectorAll('[data-do]')]
  function show({ state }) {
    const where = isInTable(state) ? 'table' : inList(state) ? 'list' : 'text'
    for (const part of box.querySelectorAll('[data-in]')) part.hidden = part.dataset.in !== where
    for (const button of buttons) {
      const name = button.dataset.do
      if (schema.marks[name]) button.setAttribute('aria-pressed', has(state, name))
      else if (name === 'list') button.setAttribute('aria-pressed', where === 'list')
    }
    if (!buttons.some((button) => button.tabIndex === 0 && button.offsetParent)) stop(buttons[0])
  }
  // The toolbar is one stop; arrows go through it.
  function stop(button) {
    for (const other of buttons) other.tabIndex = other === button ? 0 : -1
  }
  const bar = box.querySelector('[role=toolbar]')
  bar.addEventListener('keydown', (event) => {
    const seen = buttons.filter((button) => button.offsetParent)
    const at = seen.indexOf(event.target)
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: -1 }[event.key]
    if (to === undefined || at < 0) return
    event.preventDefault()
    const next = seen.at(to % seen.length)
    stop(next)
    next.focus()
  })
  bar.addEventListener('mousedown', (event) => event.preventDefault()) // the text keeps its selection
  for (const button of buttons) {
    button.addEventListener('click', () => {
      stop(button)
      acts[button.dataset.do](view.state, view.dispatch, view)
      view.focus()
    })
  }

  const plugins = [
    listen, keymap(keys), keymap(baseKeymap), history(), inputRules({ rules: [numbered] }), tableEditing(), tidy,
  ]
  const state = EditorState.create({ doc, plugins })
  const place = document.createElement('div')
  view = new EditorView({ mount: place }, {
    state: state.apply(state.tr), // tidy
    attributes: {
      id: area.id,
      class: 'letter-body form-control',
      role: 'textbox',
      'aria-multiline': 'true',
      'aria-labelledby': `${area.id}_label`,
      'aria-describedby': `${area.id}_keys ${area.getAttribute('aria-describedby') || ''}`.trim(),
      ...(area.hasAttribute('aria-invalid') && { 'aria-invalid': 'true' }),
    },
    dispatchTransaction(change) {
      const { state: next } = view.state.applyTransaction(change)
      const over = change.docChanged && excess(next.doc)
      if (change.docChanged) say(over)
      if (over) return
      view.updateState(next)
      if (!change.docChanged) return
      keep()
      field.dispatchEvent(new Event('input', { bubbles: true }))
    },
  })

  area.removeAttribute('id') // errors and the label lead to what is shown
  area.before(place)
  area.hidden = true
  for (const part of box.querySelectorAll('[data-plain]')) part.hidden = true
  for (const part of box.querySelectorAll('[data-rich]')) part.hidden = false
  box.querySelector('label').addEventListener('click', () => view.focus())
  show(view)
  keep()
}
