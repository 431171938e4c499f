"""Failures of the identity API, beyond those every API shares."""

from shared.core.errors import Conflict, InvalidRequest, NotFound, RateLimited, Unauthorized
from shared.core.text import Text


class WrongCredentials(Unauthorized):
    """E-mail and password do not belong together: the same words whichever is wrong."""

    text = Text("邮箱或密码错误", "The e-mail or the password is wrong")


class TooManyAttempts(RateLimited):
    """Five wrong passwords within 15 minutes, or more guesses at once than that."""

    text = Text("密码错误次数过多，请稍后再试", "Too many wrong passwords, please try again later")


class EmailTaken(Conflict):
    """Somebody has that e-mail."""

    text = Text("该邮箱已被注册", "This e-mail is registered already")


class LastAdmin(Conflict):
    """The deployment would be left without an admin."""

    text = Text("至少需要保留一名可用的管理员", "The last active administrator has to remain one")


class AccountGoing(Conflict):
    """The account is being deleted and can no longer be changed."""

    text = Text("该账号正在删除中", "This account is being deleted")


class AccountBusy(Conflict):
    """The account was changed by somebody else, again and again, while this change was tried."""

    text = Text("账号刚刚被修改，请重试", "The account was just changed, please try again")


class UserNotFound(NotFound):
    """No such user."""

    text = Text("用户不存在", "User not found")


class KeyNotFound(NotFound):
    """The caller has no such key."""

    text = Text("API 密钥不存在", "API key not found")


class TooManyKeys(Conflict):
    """The caller has as many keys as a user may have."""

    text = Text("每个用户最多 {limit} 个 API 密钥", "A user may have at most {limit} API keys")


class KeyRevoked(Conflict):
    """A repeat of a call whose key was revoked since."""

    text = Text("该请求创建的密钥已被撤销", "The key that this request made was revoked since")


def wrong_current_password() -> InvalidRequest:
    """Not a 401: the caller's session is good, and clients end theirs at a 401."""
    return InvalidRequest.of_field("current_password", Text("不正确", "is wrong"))
