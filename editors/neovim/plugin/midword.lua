-- What Midword adds to the buffers its server serves. Nothing here starts the server: that is
-- `vim.lsp.enable('midword')`.

if vim.g.loaded_midword or vim.fn.has('nvim-0.11') == 0 then
  return
end
vim.g.loaded_midword = true

vim.lsp.handlers['midword/status'] = function(_, status)
  require('midword').on_status(status)
  require('midword').refresh() -- what it means for this buffer
end

-- A lost server is started again, besides whatever the writer's own configuration does then.
local theirs = vim.lsp.config.midword.on_exit
local on_exit = vim.list_extend({
  function(code, signal)
    require('midword.restart').on_exit(code, signal)
  end,
}, type(theirs) == 'table' and theirs or { theirs })
vim.lsp.config('midword', { on_exit = on_exit })

local group = vim.api.nvim_create_augroup('midword', {})

vim.api.nvim_create_autocmd({ 'BufEnter', 'InsertLeave' }, {
  group = group,
  desc = 'Bring what the statusline says of Midword up to date',
  callback = function()
    require('midword').refresh()
  end,
})

vim.api.nvim_create_autocmd('LspAttach', {
  group = group,
  desc = 'Commands and completion in buffers that Midword serves',
  callback = function(event)
    local client = vim.lsp.get_client_by_id(event.data.client_id)
    if client and client.name == 'midword' then
      require('midword.commands').create(event.buf)
      require('midword.completion').enable(client, event.buf)
    end
  end,
})
