import CLibAV

/// An AVERROR code; its description is libav's own text.
struct LibAVError: CustomStringConvertible, Equatable {
  let code: Int32

  init(_ code: Int32) { self.code = code }

  var description: String {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 128) { buffer in
      av_strerror(code, buffer.baseAddress, buffer.count)
      return String(cString: buffer.baseAddress!)
    }
  }
}
