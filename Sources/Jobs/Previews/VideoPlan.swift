package import MediaTypes

/// What is to come, written before the first clip is announced: lets a progress display know the totals, and the last
/// clip how many there are.
package struct VideoPlan: Sendable, Codable {
  package var video: VideoFacts
  package var snippetSize: Int
  /// How many clips, GIFs and stills the job has.
  package var clips: Int
  package var stills: Int
  /// Milliseconds since 1970.
  package var createdAt: Int64

  package init(video: VideoFacts, plan: ClipPlan, withStills: Bool, createdAt: Int64) {
    self.video = video
    snippetSize = plan.snippetSize
    clips = plan.starts.count
    stills = withStills ? plan.stills : 0
    self.createdAt = createdAt
  }
}
