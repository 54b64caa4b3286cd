// SPDX-License-Identifier: Apache-2.0

/// Makes providers of profiles' settings.
struct ProfileResolver: Sendable {
    let profiles: AWSProfiles
    let environment: [String: String]
    let region: String?
    let transport: any HTTPTransport
    let endpoints: EndpointResolver
    let secondFactor: (@Sendable (String) async throws -> String)?

    /// The provider of a profile's credentials.
    ///
    /// - Parameters:
    ///   - name: The profile.
    ///   - isNamed: Whether somebody asked for it.
    /// - Throws: ``AWSError`` that says which setting is wrong.
    func provider(_ name: String, isNamed: Bool) throws(AWSError) -> any CredentialsProvider {
        guard profiles.settings(of: name) != nil else {
            guard isNamed else { throw AWSError(.credentialsMissing, "there is no profile \(name)") }
            let known = profiles.names.isEmpty ? "there is none" : "there are \(profiles.names.joined(separator: ", "))"
            throw AWSError(.invalidArgument, "it is in none of the files of AWS's tools; \(known)")
        }
        return try provider(name, path: [])
    }

    /// - Parameter path: The profiles on the way here, each of which takes its credentials from the next.
    private func provider(_ name: String, path: [String]) throws(AWSError) -> any CredentialsProvider {
        guard let settings = profiles.settings(of: name) else {
            throw AWSError(.invalidArgument, "source_profile names \(name), which is not there")
        }
        let keys = try staticKeys(settings, name)
        // A profile may name itself as the source: its own keys are meant then.
        if path.contains(name) {
            guard path.last == name, let keys else {
                throw AWSError(
                    .invalidArgument,
                    "source_profile leads in a circle: \((path + [name]).joined(separator: " → "))"
                )
            }
            return keys
        }
        if let role = settings.value("role_arn") {
            return CachingCredentialsProvider(try assumedRole(role, settings, path: path + [name]))
        }
        if settings.value("sso_session") != nil || settings.value("sso_start_url") != nil {
            return CachingCredentialsProvider(try portal(settings, name))
        }
        if let keys { return keys }
        if let command = settings.value("credential_process") {
            return CachingCredentialsProvider(ProcessCredentialsProvider(command: command))
        }
        throw AWSError(.credentialsMissing, "the profile \(name) says nothing about credentials")
    }

    private func staticKeys(_ settings: ProfileFile.Settings, _ name: String) throws(AWSError)
        -> StaticCredentialsProvider?
    {
        let id = settings.value("aws_access_key_id")
        let secret = settings.value("aws_secret_access_key")
        guard let id, let secret else {
            guard id == nil, secret == nil else {
                let missing = id == nil ? "aws_access_key_id" : "aws_secret_access_key"
                throw AWSError(.invalidArgument, "\(missing) is missing in the profile \(name)")
            }
            return nil
        }
        let token = settings.value("aws_session_token")
        return StaticCredentialsProvider(Credentials(accessKeyId: id, secretAccessKey: secret, sessionToken: token))
    }

    // MARK: Roles

    private func assumedRole(
        _ role: String,
        _ settings: ProfileFile.Settings,
        path: [String]
    ) throws(AWSError) -> any CredentialsProvider {
        if let file = settings.value("web_identity_token_file") {
            let variables = [
                "AWS_WEB_IDENTITY_TOKEN_FILE": file, "AWS_ROLE_ARN": role,
                "AWS_ROLE_SESSION_NAME": settings.value("role_session_name") ?? "",
            ]
            return WebIdentityCredentialsProvider(
                environment: variables,
                region: try stsRegion(settings),
                transport: transport,
                endpoints: endpoints
            )
        }
        let session = RoleSession(
            roleARN: role,
            name: settings.value("role_session_name") ?? "sso-sync",
            externalId: settings.value("external_id"),
            duration: settings.value("duration_seconds").flatMap { Int($0) }
        )
        return try AssumeRoleCredentialsProvider(
            session,
            source: try source(settings, path: path),
            region: try stsRegion(settings),
            secondFactor: try factor(settings),
            transport: transport,
            endpoints: endpoints
        )
    }

    private func source(_ settings: ProfileFile.Settings, path: [String]) throws(AWSError) -> any CredentialsProvider {
        switch (settings.value("source_profile"), settings.value("credential_source")) {
        case (let profile?, nil): return try provider(profile, path: path)
        case (nil, "Environment"): return EnvironmentCredentialsProvider(environment: environment)
        case (nil, "EcsContainer"):
            return CachingCredentialsProvider(
                ContainerCredentialsProvider(environment: environment, transport: transport)
            )
        case (nil, "Ec2InstanceMetadata"):
            return CachingCredentialsProvider(
                InstanceCredentialsProvider(environment: environment, transport: transport)
            )
        case (nil, let other?):
            let known = "Environment, EcsContainer or Ec2InstanceMetadata"
            throw AWSError(.invalidArgument, "credential_source is \(other), and has to be \(known)")
        default:
            throw AWSError(.invalidArgument, "role_arn needs either source_profile or credential_source beside it")
        }
    }

    private func factor(_ settings: ProfileFile.Settings) throws(AWSError) -> AssumeRoleCredentialsProvider
        .SecondFactor?
    {
        guard let serial = settings.value("mfa_serial") else { return nil }
        guard let secondFactor else {
            throw AWSError(
                .invalidArgument,
                "mfa_serial asks for a second factor, and there is nobody to ask for its code"
            )
        }
        return .init(serialNumber: serial, code: secondFactor)
    }

    private func stsRegion(_ settings: ProfileFile.Settings) throws(AWSError) -> String {
        guard let region = settings.value("region") ?? region ?? AWSRegion.environment(environment) else {
            throw AWSError(
                .invalidArgument,
                "there is no Region to call STS in: set region in the profile, or AWS_REGION"
            )
        }
        return region
    }

    // MARK: IAM Identity Center

    private func portal(_ settings: ProfileFile.Settings, _ name: String) throws(AWSError) -> PortalCredentialsProvider
    {
        let session = settings.value("sso_session")
        let login: ProfileFile.Settings
        if let session {
            guard let settings = profiles.session(session) else {
                throw AWSError(
                    .invalidArgument,
                    "sso_session names \(session), and there is no [sso-session \(session)]"
                )
            }
            login = settings
        } else {
            login = settings
        }
        let start = try login.required("sso_start_url")
        return try PortalCredentialsProvider(
            token: SSOTokenCache(folder: "\(profiles.folder)/sso/cache", key: session ?? start, profile: name),
            accountId: try settings.required("sso_account_id"),
            roleName: try settings.required("sso_role_name"),
            region: try login.required("sso_region"),
            transport: transport,
            endpoints: endpoints
        )
    }
}

extension ProfileFile.Settings {
    /// A setting that is there and not empty.
    func value(_ key: String) -> String? { self[key].flatMap { $0.isEmpty ? nil : $0 } }

    /// A setting that has to be there.
    fileprivate func required(_ key: String) throws(AWSError) -> String {
        guard let value = value(key) else { throw AWSError(.invalidArgument, "\(key) is missing") }
        return value
    }
}
