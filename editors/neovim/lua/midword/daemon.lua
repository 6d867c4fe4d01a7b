-- The daemon that all windows share, where the server's command is `midword connect`.

local M = {}

---The program with another command in the place of `connect`; nil where the server is one's own.
---@param ... string
---@return string[]?
function M.command(...)
  local server = vim.lsp.config.midword.cmd
  if type(server) ~= 'table' or vim.tbl_contains(server, '--tcp') then
    return nil
  end
  for place, word in ipairs(server) do
    if word == 'connect' then
      return vim.list_extend(vim.list_slice(server, 1, place - 1), { ... })
    end
  end
end

---Has the daemon load everything anew; other windows go on with it by themselves.
---@param on_done fun() Called in the end, at once where there is no daemon.
function M.restart(on_done)
  local command = M.command('restart')
  if not command then
    return on_done()
  end
  local function done(result)
    if result.code ~= 0 then
      vim.notify('Midword: ' .. vim.trim(result.stderr), vim.log.levels.WARN)
    end
    on_done()
  end
  vim.system(command, { text = true }, vim.schedule_wrap(done))
end

return M
