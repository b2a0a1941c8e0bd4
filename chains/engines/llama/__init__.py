"""llama.cpp in a supervised child process, for GGUF files. Other engines are not here."""
