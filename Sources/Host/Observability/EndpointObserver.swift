package import S3Server

/// Hears of every answer: the seam for metrics.
package protocol EndpointObserver: Sendable {
  func answered(service: String, method: String, status: Int)
  func exchanged(_ exchange: S3Exchange)
}
