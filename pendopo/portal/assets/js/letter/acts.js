// What the toolbar's buttons (data-do) and the keys do to the text.
import { chainCommands, toggleMark } from 'prosemirror-commands'
import { redo, undo } from 'prosemirror-history'
import { liftListItem, sinkListItem, wrapInList } from 'prosemirror-schema-list'
import { TextSelection } from 'prosemirror-state'
import * as tables from 'prosemirror-tables'
import { schema } from './schema.js'

const { strong, em, underline } = schema.marks
const { hard_break: line, list_item: item, ordered_list: list, paragraph } = schema.nodes
const { table, table_cell: cell, table_header: head, table_row: row } = schema.nodes

export function inList(state) {
  const { $from } = state.selection
  for (let depth = $from.depth; depth > 0; depth -= 1) if ($from.node(depth).type === item) return true
  return false
}

export function has(state, name) {
  const { empty, from, to, $from } = state.selection
  const mark = schema.marks[name]
  return empty ? !!mark.isInSet(state.storedMarks || $from.marks()) : state.doc.rangeHasMark(from, to, mark)
}

export function breakLine(state, dispatch) {
  if (dispatch) dispatch(state.tr.replaceSelectionWith(line.create()).scrollIntoView())
  return true
}

// After the paragraph or list one is in, or in place of an empty paragraph. Tables hold no tables.
function insertTable(state, dispatch) {
  if (tables.isInTable(state)) return false
  const cells = (type) => row.create(null, [0, 1, 2].map(() => type.createAndFill()))
  const made = table.create(null, [cells(head), cells(cell), cells(cell)])
  const { $from } = state.selection
  const block = $from.node(1) // none when all is selected
  const at = block ? $from.after(1) : state.doc.content.size
  const start = block && block.type === paragraph && !block.content.size ? $from.before(1) : at
  if (dispatch) {
    const change = state.tr.replaceWith(start, at, made)
    dispatch(change.setSelection(TextSelection.near(change.doc.resolve(start + 1))).scrollIntoView())
  }
  return true
}

// Out of a table that begins the text: the only place before it is a new paragraph.
export function aboveTable(state, dispatch, view) {
  const { $from, empty } = state.selection
  const first = state.doc.firstChild
  if (!empty || first.type !== table || $from.index(0) || !view || !view.endOfTextblock('up')) return false
  if ($from.depth < 4 || $from.index(1) || $from.index(3)) return false
  if (dispatch) {
    const change = state.tr.insert(0, paragraph.create())
    dispatch(change.setSelection(TextSelection.create(change.doc, 1)).scrollIntoView())
  }
  return true
}

export const acts = {
  strong: toggleMark(strong),
  em: toggleMark(em),
  underline: toggleMark(underline),
  list: chainCommands((state, dispatch) => inList(state) && liftListItem(item)(state, dispatch), wrapInList(list)),
  deeper: sinkListItem(item),
  shallower: liftListItem(item),
  table: insertTable,
  'row-add': tables.addRowAfter,
  'row-drop': tables.deleteRow,
  'column-add': tables.addColumnAfter,
  'column-drop': tables.deleteColumn,
  'table-drop': tables.deleteTable,
  undo,
  redo,
}
