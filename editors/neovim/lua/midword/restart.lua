-- Starts a lost server again, unless it is lost again and again.

local M = {}

local MOST_RESTARTS = 3
local WINDOW_SECONDS = 180
local SIGTERM = 15

---@type number[] When the server was lost, in seconds.
local losses = {}

---Called when the server has ended.
---@param code integer
---@param signal integer
function M.on_exit(code, signal)
  require('midword').status = nil
  local was_told_to = signal == SIGTERM or (code == 0 and signal == 0) -- by us, or by `midword stop`
  if was_told_to or vim.v.exiting ~= vim.NIL then
    return
  end
  vim.schedule(M.lost)
end

function M.lost()
  local now = vim.uv.now() / 1000
  losses = vim.tbl_filter(function(time)
    return now - time < WINDOW_SECONDS
  end, losses)
  table.insert(losses, now)
  if #losses > MOST_RESTARTS then
    local message = 'Midword: the server keeps stopping, so it stays off. :LspLog or `midword doctor` may say why.'
    vim.notify(message, vim.log.levels.ERROR)
    return
  end
  vim.notify('Midword: the server stopped unexpectedly. It is being started again.', vim.log.levels.WARN)
  vim.lsp.enable('midword')
end

---Stops the server and starts it again, with the daemon that it leads to.
function M.restart()
  for _, client in ipairs(vim.lsp.get_clients({ name = 'midword' })) do
    client:stop()
  end
  local tries_left = 100 -- of 100 ms
  local function start()
    tries_left = tries_left - 1
    if #vim.lsp.get_clients({ name = 'midword' }) == 0 then
      require('midword.daemon').restart(function()
        vim.lsp.enable('midword')
      end)
    elseif tries_left > 0 then
      vim.defer_fn(start, 100)
    else
      vim.notify('Midword: the server did not stop within 10 s.', vim.log.levels.ERROR)
    end
  end
  start()
end

return M
