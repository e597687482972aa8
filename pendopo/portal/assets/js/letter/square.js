// Tables whose rows fill a rectangle, as document.py wants them.
// Is every place of the grid filled once, spans counted?
export function square(table) {
  const width = table.firstChild.children.reduce((sum, one) => sum + Math.max(0, one.attrs.colspan), 0)
  let hanging = Array(width).fill(0) // rows that a cell above still covers, column by column
  for (let at = 0; at < table.childCount; at += 1) {
    const filled = [...hanging]
    const cells = [...table.child(at).children]
    for (let column = 0; column < width;) {
      if (filled[column]) {
        column += 1
        continue
      }
      const one = cells.shift()
      if (!one || one.attrs.colspan < 1 || column + one.attrs.colspan > width) return false
      for (const end = column + one.attrs.colspan; column < end; column += 1) {
        if (filled[column]) return false
        filled[column] = one.attrs.rowspan
      }
    }
    if (cells.length) return false
    hanging = filled.map((rows) => rows - 1)
  }
  return hanging.every((rows) => rows === 0)
}

// The same cells, each in one place, in rows as long as the longest.
export function squared(table) {
  const width = Math.max(...table.children.map((one) => one.childCount))
  return table.type.create(null, table.children.map((one) => {
    const cells = one.children.map((each) => each.type.create(null, each.content))
    while (cells.length < width) cells.push(one.lastChild.type.createAndFill())
    return one.type.create(null, cells)
  }))
}
