import Glibc
import SystemPackage

extension CacheRecordFile {
    /// The record, read without Foundation; `nil` for everything but a whole one of today's form, which is
    /// then for `read` to judge.
    public func readPlainly() -> CacheRecord? {
        guard let file = try? HeldFile(resolved: path, O_RDONLY), let status = try? file.status(),
            status.kind == .file,
            ForeignFile.objection(to: status, in: path.removingLastComponent()) == nil,
            let bytes = try? file.readAll(limit: CacheRecordFile.sizeLimit), let json = PlainJSON(bytes)
        else { return nil }
        return CacheRecord(json)
    }
}

extension CacheRecord {
    fileprivate init?(_ json: PlainJSON) {
        guard let proof = json["stoker"].flatMap(Proof.init), let name = json["image_name"]?.string,
            let hash = json["build_hash"]?.string.flatMap({ ContentDigest($0) }),
            let imageID = json["image_id"]?.string,
            let time = json["build_time"]?.number
        else { return nil }
        self.init(imageName: name, builtAt: time, proof: proof, buildHash: hash)
        // It follows from the proof, unless somebody else has had a hand in it.
        guard imageID == self.imageID else { return nil }
    }
}

extension CacheRecord.Proof {
    fileprivate init?(_ json: PlainJSON) {
        // A member that is not known here may be one that a hit depends on.
        guard case .object(let members) = json,
            members.count == (members["recentSeconds"] == nil ? 8 : 9),
            members["version"]?.number == Double(CacheRecord.Proof.currentVersion),
            let digest = members["digest"]?.string, let imageID = members["imageID"]?.string,
            let engineID = members["engineID"]?.string, let seconds = members["seconds"]?.number,
            let reason = members["reason"]?.string,
            let changedMeanwhile = members["changedMeanwhile"]?.strings,
            case .array(let elements) = members["bases"]
        else { return nil }
        let bases = elements.compactMap(BaseImage.init)
        guard bases.count == elements.count else { return nil }
        self.init(
            digest: digest, imageID: imageID, engineID: engineID, bases: bases, seconds: seconds,
            reason: reason)
        note(changedMeanwhile: changedMeanwhile)
        if let recent = members["recentSeconds"] {
            guard case .array(let times) = recent else { return nil }
            let seconds = times.compactMap(\.number)
            guard seconds.count == times.count else { return nil }
            recentSeconds = seconds
        }
    }
}

extension BaseImage {
    fileprivate init?(_ json: PlainJSON) {
        guard case .object(let members) = json, let reference = members["reference"]?.string else {
            return nil
        }
        switch (members.count, members["imageID"]) {
        case (1, nil): self.init(reference: reference, imageID: nil)
        case (2, .string(let id)): self.init(reference: reference, imageID: id)
        default: return nil
        }
    }
}
