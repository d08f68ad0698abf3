// Types.
