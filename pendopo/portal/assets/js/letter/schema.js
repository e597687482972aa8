// What a letter may hold (body/1): paragraphs, numbered points, tables, line breaks, three marks. Nothing else
// survives a paste. simaya/paper/document.py says the same and is what counts: this only keeps the editor from
// making more.
import { Schema } from 'prosemirror-model'
import { COLUMNS, ORDER, ROWS } from './limits.js'

const whole = (value, most) => (value >= 1 && value <= most ? Math.trunc(value) : 1)

const cell = (tag, role) => ({
  content: 'paragraph+',
  attrs: { colspan: { default: 1 }, rowspan: { default: 1 } },
  tableRole: role,
  isolating: true,
  parseDOM: [{
    tag,
    getAttrs: (dom) => ({ colspan: whole(dom.colSpan, COLUMNS), rowspan: whole(dom.rowSpan, ROWS) }),
  }],
  toDOM: ({ attrs }) => [tag, attrs, 0],
})

// Word and others write marks as styles of spans. The attribute is read: the page's policy applies none.
const styled = (pattern) => ({
  tag: 'span[style]',
  consuming: false,
  getAttrs: (dom) => pattern.test(dom.getAttribute('style')) && null,
})
const plain = (dom) => !/font-weight:\s*(normal|[1-5]00)/.test(dom.getAttribute('style') || '') && null

export const schema = new Schema({
  nodes: {
    doc: { content: 'block+' },
    paragraph: { group: 'block', content: 'inline*', parseDOM: [{ tag: 'p' }], toDOM: () => ['p', 0] },
    ordered_list: {
      group: 'block',
      content: 'list_item+',
      attrs: { order: { default: 1 } },
      parseDOM: [{ tag: 'ol', getAttrs: (dom) => ({ order: whole(dom.start, ORDER) }) }, { tag: 'ul' }],
      toDOM: ({ attrs }) => ['ol', { start: attrs.order }, 0],
    },
    list_item: {
      content: 'paragraph (paragraph | ordered_list)*',
      defining: true,
      parseDOM: [{ tag: 'li' }],
      toDOM: () => ['li', 0],
    },
    table: {
      group: 'block',
      content: 'table_row+',
      tableRole: 'table',
      isolating: true,
      parseDOM: [{ tag: 'table' }],
      toDOM: () => ['table', ['tbody', 0]],
    },
    table_row: {
      content: '(table_cell | table_header)+',
      tableRole: 'row',
      parseDOM: [{ tag: 'tr' }],
      toDOM: () => ['tr', 0],
    },
    table_cell: cell('td', 'cell'),
    table_header: cell('th', 'header_cell'),
    text: { group: 'inline' },
    hard_break: {
      group: 'inline',
      inline: true,
      selectable: false,
      parseDOM: [{ tag: 'br' }],
      toDOM: () => ['br'],
    },
  },
  marks: {
    strong: {
      parseDOM: [{ tag: 'strong' }, { tag: 'b', getAttrs: plain }, styled(/font-weight:\s*(bold|[6-9]00)/)],
      toDOM: () => ['strong', 0],
    },
    em: {
      parseDOM: [{ tag: 'em' }, { tag: 'i' }, styled(/font-style:\s*italic/)],
      toDOM: () => ['em', 0],
    },
    underline: {
      parseDOM: [{ tag: 'u' }, styled(/text-decoration[^;]*:\s*underline/)],
      toDOM: () => ['u', 0],
    },
  },
})
