package import CLibAV

/// How samples are laid out in memory: what a decoder gives, a converter makes or an encoder takes.
package struct SampleLayout: Equatable {
  package var format: AVSampleFormat
  /// Samples per second and channel.
  package var rate: Int
  package var channels: ChannelLayout

  package init(format: AVSampleFormat, rate: Int, channels: ChannelLayout) {
    self.format = format
    self.rate = rate
    self.channels = channels
  }

  package init(_ frame: AVFrame) {
    format = AVSampleFormat(frame.format)
    rate = Int(frame.sample_rate)
    channels = ChannelLayout(frame.ch_layout)
  }

  package var isPlanar: Bool { av_sample_fmt_is_planar(format) != 0 }
  package var bytesPerSample: Int { Int(av_get_bytes_per_sample(format)) }
  /// Blocks of memory that hold the samples: one per channel, or one for all.
  package var planes: Int { isPlanar ? channels.count : 1 }
  /// Bytes of one sample in one plane.
  package var stride: Int { isPlanar ? bytesPerSample : bytesPerSample * channels.count }
}

/// Which loudspeakers the channels are for, in order.
package struct ChannelLayout: Equatable {
  package let count: Int
  /// One bit per loudspeaker as in WAVE and libav; 0 if unknown.
  package let mask: UInt64

  package init(count: Int, mask: UInt64) {
    self.count = count
    self.mask = mask
  }

  package init(_ layout: AVChannelLayout) {
    count = Int(layout.nb_channels)
    mask = layout.order == AV_CHANNEL_ORDER_NATIVE ? layout.u.mask : 0
  }

  package static func usual(_ count: Int) -> ChannelLayout {
    var layout = AVChannelLayout()
    av_channel_layout_default(&layout, Int32(count))
    return ChannelLayout(layout)
  }

  package var raw: AVChannelLayout {
    var layout = AVChannelLayout()
    if mask == 0 || av_channel_layout_from_mask(&layout, mask) < 0 { av_channel_layout_default(&layout, Int32(count)) }
    return layout
  }
}
