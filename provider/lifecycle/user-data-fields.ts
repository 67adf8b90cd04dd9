/** The one list of user data's fields, for programs: they mark them as secrets, and load nothing else of the core. */
export { userDataFields } from "../core/user-data";
