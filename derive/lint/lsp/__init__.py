"""The check in the editor: a server of the language server protocol (LSP), over standard input and output."""
