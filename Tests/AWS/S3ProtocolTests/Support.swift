import FoundationEssentials
import S3Protocol

func bytes(_ text: String) -> [UInt8] { [UInt8](text.utf8) }

func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

/// The code of the error that `body` throws, `nil` where it throws none.
func code(_ body: () throws(S3Error) -> Void) -> String? {
  do {
    try body()
    return nil
  } catch {
    return error.code
  }
}

/// 12 October 2009 17:50:30 GMT
let someDate = Date(timeIntervalSince1970: 1_255_369_830)

let account = Owner(id: "75aa57f09aa0c8caeab4f8c24e99d10f8e7faeebf76c078efc7c6caea54ba06a", displayName: "owner")
