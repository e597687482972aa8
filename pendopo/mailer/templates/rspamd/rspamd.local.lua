-- Who signed in writes under his own name: each address in From is the one Postfix found to be his. Otherwise our
-- own signature would vouch for a letter in somebody else's name.
rspamd_config.PENDOPO_FROM = {
  description = 'From names somebody other than who signed in',
  callback = function(task)
    if not task:get_user() then
      return false
    end
    -- An empty envelope, as of a bounce, is nobody's: then no From is right.
    local sender = task:get_from('smtp')
    local own = sender and sender[1] and sender[1].addr:lower() or ''
    for _, from in ipairs(task:get_from('mime') or {}) do
      if from.addr:lower() ~= own then
        task:set_pre_result('reject', 'Pengirim di From bukan Anda / From is not you')
        return true
      end
    end
    return false
  end
}

-- Who goes on sending beyond the limit leaves a line for the portal: when, and from which address. By it the portal
-- judges whether somebody else has the password. A file grows no longer than is needed for that.
rspamd_config:register_symbol({
  name = 'PENDOPO_LIMITED_NOTE',
  type = 'idempotent',
  flags = 'ignore_passthrough', -- else none runs for what is refused already
  callback = function(task)
    local user = task:get_user()
    if not user or not task:has_symbol('PENDOPO_LIMITED') then
      return
    end
    local name = user:lower()
    if name:find('[/%c]') or name:sub(1, 1) == '.' then
      return
    end
    local note = io.open('@{inside}/limited/' .. name, 'a')
    if note then
      if note:seek('end') < 65536 then
        note:write(string.format('%d %s\n', os.time(), tostring(task:get_from_ip())))
      end
      note:close()
    end
  end
})
