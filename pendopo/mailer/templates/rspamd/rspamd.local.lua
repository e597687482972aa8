-- Who signed in writes under his own name: each address in From is the one Postfix found to be his. Otherwise our
-- own signature would vouch for a letter in somebody else's name.
rspamd_config.PENDOPO_FROM = {
  description = 'From names somebody other than who signed in',
  callback = function(task)
    local sender = task:get_from('smtp')
    if not task:get_user() or not sender or not sender[1] then
      return false
    end
    for _, from in ipairs(task:get_from('mime') or {}) do
      if from.addr:lower() ~= sender[1].addr:lower() then
        task:set_pre_result('reject', 'Pengirim di From bukan Anda / From is not you')
        return true
      end
    end
    return false
  end
}
