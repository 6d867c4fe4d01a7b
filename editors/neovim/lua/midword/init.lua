-- Options, the server's status, and what a statusline shows of it.

local M = {}

---@class midword.Options
---@field autotrigger boolean Open the list while typing, with Neovim's own completion.
---@field keys boolean Map <Tab> in insert mode: it takes a word where a list is open.
---@field inline boolean Show grey text (Neovim 0.12 or newer).

---@type midword.Options
local defaults = { autotrigger = true, keys = false, inline = false }

---@type { state: string, model?: string, runtime?: string, device?: string, latencyMs?: table, message?: string }?
M.status = nil

---The defaults, with what `vim.g.midword` sets.
---@return midword.Options
function M.options()
  return vim.tbl_extend('force', defaults, vim.g.midword or {})
end

---The running client of a buffer, if any.
---@param buffer? integer
---@return vim.lsp.Client?
function M.client(buffer)
  return vim.lsp.get_clients({ name = 'midword', bufnr = buffer })[1]
end

---Has the server run one of its commands. Errors are shown; `on_result` hears only of success.
---@param command string
---@param argument table
---@param on_result? fun(result: any)
function M.execute(command, argument, on_result)
  local client = M.client()
  if not client then
    vim.notify('Midword: the server is not running. :checkhealth midword may say why.', vim.log.levels.WARN)
    return
  end
  local params = { command = command, arguments = { argument } }
  client:request('workspace/executeCommand', params, function(error, result)
    if error then
      vim.notify('Midword: ' .. error.message, vim.log.levels.ERROR)
    elseif on_result then
      on_result(result)
    end
  end)
end

---Keeps what the server's `midword/status` says.
function M.on_status(status)
  if status.state == 'degraded' and status.message then
    vim.notify('Midword: ' .. status.message, vim.log.levels.WARN)
  end
  M.status = status
  vim.cmd.redrawstatus()
end

---Asks for what the server does not announce: the latency, and whether this buffer is paused.
function M.refresh()
  local buffer = vim.api.nvim_get_current_buf()
  local client = M.client(buffer)
  if not client then
    return
  end
  local argument = { uri = vim.uri_from_bufnr(buffer) }
  local params = { command = 'midword.status', arguments = { argument } }
  client:request('workspace/executeCommand', params, function(error, status)
    if error then
      return -- nobody asked; the next time will do
    end
    if vim.api.nvim_buf_is_valid(buffer) then
      vim.b[buffer].midword_paused = type(status.paused) == 'string'
    end
    M.on_status(status)
  end)
end

---For a statusline: "midword 12 ms", "midword loading"; empty where Midword is not at work.
---@return string
function M.statusline()
  if not M.client(0) then
    return ''
  end
  local status = M.status or { state = 'loading' }
  local p50 = (status.latencyMs or {}).p50
  if vim.b.midword_paused then
    return 'midword paused'
  end
  if status.state ~= 'ready' then
    return 'midword ' .. status.state
  end
  return type(p50) == 'number' and ('midword %.0f ms'):format(p50) or 'midword'
end

return M
