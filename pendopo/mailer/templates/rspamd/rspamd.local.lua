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
