-- What Midword adds to the buffers its server serves. Nothing here starts the server: that is
-- `vim.lsp.enable('midword')`.

if vim.g.loaded_midword or vim.fn.has('nvim-0.11') == 0 then
  return
end
vim.g.loaded_midword = true

vim.lsp.handlers['midword/status'] = function(_, status)
  require('midword').on_status(status)
end

vim.api.nvim_create_autocmd('LspAttach', {
  group = vim.api.nvim_create_augroup('midword', {}),
  desc = 'Commands and completion in buffers that Midword serves',
  callback = function(event)
    local client = vim.lsp.get_client_by_id(event.data.client_id)
    if client and client.name == 'midword' then
      require('midword.commands').create(event.buf)
      require('midword.completion').enable(client, event.buf)
    end
  end,
})
