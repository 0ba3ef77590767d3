import StokerCore

/// Whether a tag may be given to another image.
enum TagVerdict: Sendable, Equatable {
    /// No image has it.
    case free
    /// Stoker has put it on the image that has it, or another program that shares the project's lock and record.
    ///
    /// - Parameter other: the project that it is of, if it is another's.
    case own(other: String?)
    /// Somebody else has put it there, and the image has this other reference of theirs.
    case named(otherwise: String)
    /// Somebody else has put it there, and without it the image would have no name.
    case foreign
}

/// What decides about a tag: the image that has it, and what is known of both.
struct TagEvidence: Sendable {
    var tag: String
    var image: EngineImage?
    var tags: TagBook
    var kept: KeptLists
    /// Of the image that is to be put on it.
    var key: String
    var owner: TagOwner
    var record: CacheRecordFile.Content
    /// As a record has it: what another program has put there under the project's lock while we waited for that.
    var sharedID: String?

    var verdict: TagVerdict {
        guard let image else { return .free }
        let entry = tags.entry(of: tag)
        let other = entry.flatMap { $0.owner.isSame(as: owner) || $0.owner.isGone ? nil : $0.owner.project }
        if entry?.images.contains(image.id) == true {
            return .own(other: recorded(image) ? nil : other)
        }
        if isOurs(image, entry) { return .own(other: nil) }
        if let name = otherName { return .named(otherwise: name) }
        return .foreign
    }

    /// Whether the project's record says that the tag is on this image. Alone it proves nothing: it may have come with
    /// the project from anywhere.
    private func recorded(_ image: EngineImage) -> Bool {
        guard let record = record.record, record.imageName == tag else { return false }
        return matches(record.imageID, image)
    }

    private func matches(_ shortID: String, _ image: EngineImage) -> Bool {
        let digits = image.id.drop { $0 != ":" }.dropFirst()
        return shortID.utf8.count >= 12 && digits.hasPrefix(shortID)
    }

    /// What is not in the book for this tag: images from before there was one, or from before it was lost, and those of
    /// other programs that keep the same record.
    private func isOurs(_ image: EngineImage, _ entry: TagEntry?) -> Bool {
        if let sharedID, matches(sharedID, image) { return true }
        let isRecorded = recorded(image)
        // The tag was the project's before.
        if isRecorded, let entry, entry.owner.isSame(as: owner), !entry.images.isEmpty { return true }
        let isListed =
            isRecorded && kept.list(ofKey: key)?.entries.contains { $0.imageID == image.id } == true
        let isKept =
            isListed
            || (image.tags ?? []).compactMap { KeptTag(ListedImage.short($0)) }
                .contains { kept.admits($0, imageID: image.id) }
        // Whose image is known to be on other tags has got this one from somebody else.
        return isKept && !tags.knows(imageID: image.id)
    }

    /// A reference of the image with a tag that neither is Stoker's own nor was put there by it.
    var otherName: String? {
        guard let image else { return nil }
        let own = FamiliarName.reference(tag)
        return (image.tags ?? []).map(ListedImage.short).first { name in
            name != "<none>:<none>" && !ImageReference.isReserved(name)
                && ListedImage.short(FamiliarName.reference(name)) != ListedImage.short(own)
                && tags.entry(of: name)?.images.contains(image.id) != true
        }
    }
}
