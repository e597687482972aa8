// What document.py refuses, kept out or said while one types; the figures are its own.
import { Fragment, Slice } from 'prosemirror-model'
import { square, squared } from './square.js'

export const LEVELS = 4
export const COLUMNS = 12
export const ROWS = 500
export const ORDER = 999
export const NODES = 20000
export const TEXT = 200000

// The first limit that `doc` is over: "levels", "columns", "size", or "".
export function excess(doc) {
  let nodes = 1
  let text = 0
  let over = ''
  const walk = (node, level) => node.forEach((child) => {
    nodes += 1
    text += child.isText ? child.text.length : 0
    const deep = level + (child.type.name === 'ordered_list')
    if (deep > LEVELS) over = over || 'levels'
    if (child.type.name === 'table' && width(child) > COLUMNS) over = over || 'columns'
    walk(child, deep)
  })
  walk(doc, 0)
  return over || (nodes > NODES || text > TEXT ? 'size' : '')
}

function width(table) {
  let columns = 0
  table.firstChild.forEach((cell) => { columns += cell.attrs.colspan })
  return columns
}

// Signs without a shape can make a page say something else than its data. Those that part words become a blank.
const PARTING = /[\t\n\v\f\r\u0085\p{Zl}\p{Zp}]+/gu
const SHAPELESS = /[\p{C}\p{Zl}\p{Zp}]+/gu

export function pasted(slice) {
  return new Slice(cleaned(slice.content), slice.openStart, slice.openEnd)
}

function cleaned(fragment) {
  const kept = []
  fragment.forEach((node) => {
    if (!node.isText) {
      const copy = node.copy(cleaned(node.content))
      return kept.push(copy.type.name === 'table' && !square(copy) ? squared(copy) : copy)
    }
    const text = node.text.replace(PARTING, ' ').replace(SHAPELESS, '')
    if (text) kept.push(node.type.schema.text(text, node.marks))
  })
  return Fragment.fromArray(kept)
}

// Where such signs stand in `doc`, last first.
export function shapeless(doc) {
  const found = []
  doc.descendants((node, at) => {
    if (!node.isText) return
    for (const run of node.text.matchAll(SHAPELESS)) found.push([at + run.index, at + run.index + run[0].length])
  })
  return found.reverse()
}

// body/1 of `doc` as JSON, its text in NFC. The empty paragraph after a table is only there to type in.
export function body(doc) {
  const last = doc.lastChild
  const spare = doc.childCount > 1 && isEmpty(last) && doc.child(doc.childCount - 2).type.name === 'table'
  const kept = spare ? doc.cut(0, doc.content.size - last.nodeSize) : doc
  return JSON.stringify(kept.toJSON(), (key, value) => {
    if (value.type === 'hard_break') return { type: value.type } // a line break in bold is one in plain
    return key === 'text' ? value.normalize('NFC') : value
  })
}

const isEmpty = (node) => node.isTextblock && !node.content.size
