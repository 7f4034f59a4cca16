"""Workers: a warm zygote forks a confined process for each run, and the server's end holds, reads and kills it."""
