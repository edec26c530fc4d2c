import Core
import Checksums
import S3Protocol
import S3Storage

// Written with every object, hence by hand; read by `JSON.decode`.

extension ObjectDetail {
  /// What `JSON.encode` makes of it.
  package var json: [UInt8] {
    var text = JSONWriter()
    text.object { text in
      text.name("attributes")
      text.write(attributes)
      text.member("checksum", checksum)
      text.member("files", files)
      text.name("parts")
      text.array { text in
        for part in parts { text.write(part) }
      }
      text.member("uploadID", uploadID)
    }
    return text.bytes
  }
}

extension PartDetail {
  /// What `JSON.encode` makes of it.
  package var json: [UInt8] {
    var text = JSONWriter()
    text.object { text in
      text.member("checksum", checksum)
      text.member("files", files)
    }
    return text.bytes
  }
}

extension JSONWriter {
  fileprivate mutating func write(_ attributes: ObjectAttributes) {
    object { text in
      text.member("cacheControl", attributes.cacheControl)
      text.member("contentDisposition", attributes.contentDisposition)
      text.member("contentEncoding", attributes.contentEncoding)
      text.member("contentLanguage", attributes.contentLanguage)
      text.member("contentType", attributes.contentType)
      text.member("encryption", attributes.encryption)
      text.member("expires", attributes.expires)
      text.member("metadata", attributes.metadata)
      text.member("storageClass", attributes.storageClass)
      text.member("tags", attributes.tags)
    }
  }

  fileprivate mutating func write(_ part: ObjectPart) {
    object { text in
      text.member("checksum", part.checksum)
      text.name("number")
      text.value(part.number)
      text.name("size")
      text.value(part.size)
    }
  }

  fileprivate mutating func member(_ name: String, _ checksum: StoredChecksum?) {
    guard let checksum else { return }
    self.name(name)
    object { text in
      text.member("algorithm", checksum.algorithm.rawValue)
      text.member("kind", checksum.kind.rawValue)
      text.member("value", checksum.value)
    }
  }

  fileprivate mutating func member(_ name: String, _ files: [StoredFile]) {
    self.name(name)
    array { text in
      for file in files {
        text.object { text in
          text.member("name", file.name)
          text.name("size")
          text.value(file.size)
        }
      }
    }
  }

  fileprivate mutating func member(_ name: String, _ members: [String: String]) {
    self.name(name)
    object { text in
      for (name, value) in members.sorted(by: { $0.key < $1.key }) { text.member(name, value) }
    }
  }
}
