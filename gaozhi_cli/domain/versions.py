"""清单 versions: which rows correspond, what changed cell by cell (通知五（一）：适时动态调整)."""
