import Glibc

/// The system's words for an error number.
func describe(errno error: Int32) -> String { String(cString: strerror(error)) }
