import CLibAV

/// An AVERROR code; its description is libav's own text.
package struct LibAVError: CustomStringConvertible, Equatable {
  package let code: Int32

  package init(_ code: Int32) { self.code = code }

  package var description: String {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 128) { buffer in
      av_strerror(code, buffer.baseAddress, buffer.count)
      return String(cString: buffer.baseAddress!)
    }
  }
}
