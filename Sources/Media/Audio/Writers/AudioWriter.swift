import LibAV

/// Makes a file of encoded packets, in order.
protocol AudioWriter: AnyObject {
  func write(_ packet: Packet) throws
  /// Ends the file. Nothing may be written afterwards.
  ///
  /// - Parameter samples: samples per channel of the whole file, delay and padding not counted.
  func finish(samples: Int64) throws
}
