import S3Protocol

func bytes(_ text: String) -> [UInt8] { [UInt8](text.utf8) }

/// The code of the error that `body` throws, `nil` where it throws none.
func code(_ body: () throws(S3Error) -> Void) -> String? {
  do {
    try body()
    return nil
  } catch {
    return error.code
  }
}
